"""From columns back to the exact path: accounts, confirmed levels, pools that do not fit."""
