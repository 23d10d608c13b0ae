"""Writing a campaign: the page, its forms and their content, and the preview beside them."""
