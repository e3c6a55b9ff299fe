"""The demo company: invented people, clients and eighteen months of their history. It may import all apps."""
