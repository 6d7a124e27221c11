"""The expression language of Search: properties, filters, nested expressions, order.

Documented where nothing else is said. Our reading: text is compared exactly; NotEquals is true
of a resource without the property; of a property with several values (inside a list) one that
fits is enough; times are compared by whole seconds, since a filter can write no others.
"""
