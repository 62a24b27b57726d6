from .environment import check_environment as check_environment
from .explorer import alloy_app as alloy_app
from .explorer import alloy_explorer as alloy_explorer
from .known_alloys import KnownAlloys as KnownAlloys
from .widgets import descriptor_explorer as descriptor_explorer
from .widgets import formula_explorer as formula_explorer
from .widgets import image_explorer as image_explorer
