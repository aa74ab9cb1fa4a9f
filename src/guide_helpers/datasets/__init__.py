"""The data sets of the guide, one module per data set; the rows stand in `data/`."""
