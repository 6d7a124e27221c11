"""Whether a caller may do what a request asks: policies, and what requests ask.

Only where the server is told to enforce them. Policies are evaluated as documented; of the
sources, those of identities (users, their groups, roles, sessions, boundaries), of buckets,
and who may assume a role. Organizations' policies and other resources' are not.
"""
