"""NPS and CSAT over time and told apart."""
