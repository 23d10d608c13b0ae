"""Who of the staff is which member: nobody has a hand in their own points."""

from django.contrib.auth.models import User

from customers.models import Customer
from loyalty.models import StoreStaff


def is_own(customer: Customer, person: User) -> bool:
    """Tell whether a customer is this person: by the e-mail address, or as an administrator entered it."""
    if person.email and person.email.lower() == customer.email.lower():
        return True
    return StoreStaff.objects.filter(user=person, customer=customer).exists()
