//! The scalable web app.

use super::Story;

/// Says why the released provider takes so long.
pub(super) fn say_how_long_it_takes() {
    println!(
        "The AWS provider waits for what real databases and load balancers need, however fast \
         the emulator answers: making everything takes it three minutes, and so does taking it away."
    );
}

/// Its demo.
pub(crate) fn story() -> Story {
    Story {
        example: "scalable-web-app",
        environment: &[
            ("TF_VAR_db_password", "for-the-emulator-only"),
            // Otherwise nothing could be taken away at the end.
            ("TF_VAR_db_deletion_protection", "false"),
        ],
        in_place: (
            "An edit that changes things as they are: scale up sooner, and another health check",
            "scale_up          = { cooldown = 120 }\nhealth_check_path = \"/health\"\n",
        ),
        replacing: (
            "An edit that a target group does not survive: another port. Its successor is made first",
            "app_port = 8080\n",
        ),
        not_clean: "The emulator does not answer in all things as AWS does. What the plan shows \
                    above are its inaccuracies, which Terraform shows too with the released provider: \
                    nothing was edited.",
    }
}
