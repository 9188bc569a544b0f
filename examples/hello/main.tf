# Nothing here needs a cloud: terraform_data belongs to the engine, and keeps values in the state.
terraform {
  required_version = ">= 1.9.0"
}

locals {
  greetings = {
    for name, person in var.people :
    name => join(" ", [for i in range(person.times) : "${var.greeting[person.language]}, ${title(name)}!"])
  }

  # Grouped by language: { de = ["konrad"], en = ["ada"], … }
  speakers = { for name, person in var.people : person.language => name... }
}

# One object for each person, by name: who comes or goes leaves the others alone.
resource "terraform_data" "person" {
  for_each = local.greetings

  input = each.value
}

# It is replaced as soon as anybody is greeted otherwise.
resource "terraform_data" "guest_book" {
  input            = [for name, person in terraform_data.person : "${name}: ${person.output}"]
  triggers_replace = values(local.greetings)

  lifecycle {
    precondition {
      condition     = length(var.people) > 0
      error_message = "A guest book needs guests."
    }
  }
}

resource "terraform_data" "door" {
  input = sha256(var.password)

  depends_on = [terraform_data.guest_book]
}

check "manners" {
  assert {
    condition     = alltrue([for greeting in local.greetings : endswith(greeting, "!")])
    error_message = "Somebody is not greeted with an exclamation mark."
  }
}
