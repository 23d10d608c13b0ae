"""What became of the products that messages showed: seen, clicked, bought, by field and by product.

Imports the models, the kept figures of analytics and the product fields of campaigns.
"""
