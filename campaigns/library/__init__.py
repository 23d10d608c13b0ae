"""What messages are made of: templates to start from, blocks that many share, pictures; and their pages."""
