"""Where customers live, as far as a shop needs it: the city or district (시군구), and which store is nearest to it;
and where they buy: stores and online beside each other (`channels`).

`regions.csv` holds the middle of each 시군구 to a hundredth of a degree (about a kilometre), worked out from the open
boundary data of the National Geographic Information Institute (as of 2023-09-15, free use). Cities of several 구 stand
there as a whole too; 청주시 only as a whole, for its 구 were cut anew in 2014. Imports the models of customers.
"""

from customers.places.nearest_store import find_nearest_stores
from customers.places.regions import region_in

__all__ = ["find_nearest_stores", "region_in"]
