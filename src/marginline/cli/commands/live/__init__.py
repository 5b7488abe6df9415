"""`marginline demo`, `monitor`, `top`, `init`: accounts that live."""
