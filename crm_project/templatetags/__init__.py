"""Template tags of the design system: components, charts, and the way numbers and times are written."""
