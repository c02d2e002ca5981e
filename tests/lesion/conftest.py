import sys
from pathlib import Path

# The reference problems are shared by the tests of this room.
sys.path.insert(0, str(Path(__file__).parent))
