"""Which campaigns earned an order: credits of messages under several models, kept up with orders, clicks and refunds.

Owns the rows of `AttributedOrder`, `CreditRefund` and `AttributionProgress`. May import campaigns and customers; of
analytics the models and periods only.
"""
