//! What all resource types of the AWS provider share.
