from .descriptor import CompositionDescriptor as CompositionDescriptor
from .descriptor import special_values as special_values
from .elements import element_table as element_table
from .elements import feature_info as feature_info
from .pairs import PairDescriptor as PairDescriptor
from .pairs import mixing_enthalpies as mixing_enthalpies
from .pairs import pair_info as pair_info
from .statistics import STATISTICS as STATISTICS
