"""`Assistant`: ask and compare, built from the lower packages. Imports everything except the interfaces."""
