# No provider: the module only writes documents, which you give to whichever identities you have.
terraform {
  required_version = ">= 1.3"
}
