"""`Assistant`: ask and compare, composed of the packages below. Imports everything but the interfaces."""
