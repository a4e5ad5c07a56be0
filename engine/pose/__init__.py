"""Human pose: where the joints of the people in a picture are."""
