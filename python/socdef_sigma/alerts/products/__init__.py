"""One file for each product that runs alerts. Its `FORMS` are the output formats that it adds."""
