"""Keys of venues: in the keyring of the operating system, else in an encrypted file."""
