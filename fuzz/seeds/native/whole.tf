# comment
/* another */ resource "a" b {
  x = [for k, v in { a = 1, "b" = 2.5e3 } : "${k}-%{if v > 1 && !c}y%{else~} n %{endif}" if v != null]
  y = { for k in z : k => f(k, ["q"]...)... }
  w = a.b[0].c[*].d.*.e["f"] ? -1 : (2 + 3) * 4 % 5
  h = <<-EOT
    %{ for x in y ~}
    ${x} $${lit} %%{lit}
    %{ endfor }
  EOT
  s = "\n\u00e9\U0001F600\"" // end
  n = provider::a::b(1)
  nested { }
}
