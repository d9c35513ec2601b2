"""`python -m surco_service`: see `surco_service.start`."""

import gc
import sys

if __name__ == "__main__":
    gc.disable()  # nothing that is imported is ever freed; looking for it costs a tenth of the start
    from surco_service.start import main

    sys.exit(main())
