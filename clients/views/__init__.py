"""Pages of the clients app, one module per subject."""
