"""Linear regression: the cost, its gradient, closed forms, descent methods, and the experiment of the page."""
