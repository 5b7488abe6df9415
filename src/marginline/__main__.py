"""`python -m marginline`: the command line, where the script is not on the path."""

from marginline.cli import main

if __name__ == "__main__":
    main()
