"""What an image is, and what is wrong with it: PNG and SVG."""
