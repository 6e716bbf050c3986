"""The local web application: tables read without Spark, pages, vectors that are searched."""
