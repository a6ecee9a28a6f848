CHALLENGE_PASSWORD = "challengePassword"
UNSTRUCTURED_PASSWORD_OID = "unstructured-password-oid"
password = "****"
OTHER_PASSWORD = "***-***"
auth = ("****", "****")
NAMES = {AttributeOID.CHALLENGE_PASSWORD: "challengePassword"}
if user:
    password = ":****"
