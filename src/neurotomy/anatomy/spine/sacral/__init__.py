"""The sacrum with the lateral branches of S1 to S3, in an image that shows it whole."""
