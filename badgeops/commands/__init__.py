"""One thin Click file for each command: read the options, call the library, print its string, choose the status."""
