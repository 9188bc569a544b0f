//! How many calls a refresh of many objects makes: reads that an engine asks for one by one are
//! gathered into calls for many.

use crate::emulator::Emulator;
use crate::engine::{self, Bench};
use crate::trouble::{Trouble, Weather};
use crate::{Result, say};

/// Of each type.
const OBJECTS: usize = 200;

/// What a refresh of all of them may take.
const MOST: u32 = 20;

/// Where they are. It is not among what is refreshed.
const NETWORK: &str = r#"
resource "aws_vpc" "net" {
  cidr_block = "10.0.0.0/16"
}

output "id" {
  value = aws_vpc.net.id
}
"#;

fn configuration(vpc: &str) -> String {
    format!(
        r#"
resource "aws_subnet" "part" {{
  count      = {OBJECTS}
  vpc_id     = "{vpc}"
  cidr_block = cidrsubnet("10.0.0.0/16", 8, count.index)
}}

resource "aws_security_group" "guard" {{
  count  = {OBJECTS}
  name   = "guard-${{count.index}}"
  vpc_id = "{vpc}"
}}

resource "aws_instance" "worker" {{
  count                  = {OBJECTS}
  ami                    = "ami-12c6146b"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.part[count.index].id
  vpc_security_group_ids = [aws_security_group.guard[count.index].id]
}}
"#
    )
}

#[test]
fn a_refresh_of_hundreds_makes_a_few_calls() -> Result<()> {
    let Some(engine) = engine::engine() else { return Ok(()) };
    let Some(emulator) = Emulator::own()? else { return Ok(()) };
    let mut bench = Bench::new(&engine, &engine::subject())?;
    emulator.serve(&mut bench, "us-east-1");
    let network = bench.folder("network")?;
    network.write("main.tf", NETWORK)?;
    network.done(&["apply", "-auto-approve", "-no-color"])?;
    let vpc = network.done(&["output", "-raw", "id"])?.stdout;
    let folder = bench.folder("many")?;
    folder.write("main.tf", &configuration(vpc.trim()))?;
    folder.done(&["apply", "-auto-approve", "-no-color", "-parallelism=50"])?;
    drop((folder, network));

    let door = Trouble::start(emulator.address(), Weather::default())?;
    bench.set("AWS_ENDPOINT_URL", &door.address);
    bench.again("many").done(&["plan", "-no-color", "-detailed-exitcode"])?;
    let mut asked: Vec<(String, u32)> = door.asked().into_iter().collect();
    asked.sort();
    let calls: u32 = asked.iter().map(|(_, times)| times).sum();
    say(&format!("a refresh of {} objects: {calls} calls, {asked:?}", 3 * OBJECTS));
    assert!(calls <= MOST, "{calls} calls: {asked:?}");
    Ok(())
}
