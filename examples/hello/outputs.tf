output "greetings" {
  description = "What is said to whom."
  value       = { for name, person in terraform_data.person : name => person.output }
}

output "speakers" {
  description = "Who speaks which language."
  value       = local.speakers
}

output "guest_book" {
  description = "The guest book, as people read it."
  value       = join("\n", [for line in terraform_data.guest_book.output : "* ${line}"])
}

output "door" {
  description = "What the door compares passwords with."
  value       = terraform_data.door.output
  sensitive   = true
}
