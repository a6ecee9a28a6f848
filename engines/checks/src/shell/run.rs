//! What following a script gives: programs that are started, and the way to each.

/// A word of a command, expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The text; parts that only the device knows stand as written (`${X}`, `$(nvram get x)`).
    pub text: String,
    /// Every part is known from the image.
    pub known: bool,
    /// No condition and no default had a say in it.
    pub sure: bool,
}

impl Field {
    /// A text that stands in the script.
    #[must_use]
    pub fn sure(text: &str) -> Self {
        Self { text: text.to_owned(), known: true, sure: true }
    }

    /// A text that the image does not tell.
    #[must_use]
    pub fn unknown(text: &str) -> Self {
        Self { text: text.to_owned(), known: false, sure: false }
    }

    /// Known for certain.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.known && self.sure
    }
}

/// A step from the start of boot to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The file.
    pub path: String,
    /// The line, counted from 1; 0 for the file as a whole.
    pub line: u32,
    /// What stands there.
    pub text: String,
}

/// What starts a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The way from `init` through scripts.
    Boot,
    /// A line of `inetd` or `xinetd`, when somebody connects.
    Inetd,
    /// A table of `cron`.
    Cron,
    /// A device, an interface or a link that comes or goes.
    Event,
    /// A command's text inside a program.
    Embedded,
}

/// What boot does to the folder that a program stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing that was seen.
    Image,
    /// `busybox --install` puts links to all its applets into the folders of programs.
    Installed,
    /// A file system is mounted over it.
    Mounted,
}

/// A program that boot starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Program and arguments, wrappers such as `start-stop-daemon` removed.
    pub argv: Vec<Field>,
    /// What only the device can decide, outermost first.
    pub conditions: Vec<String>,
    /// From the start of boot to the line itself.
    pub steps: Vec<Step>,
    /// Words of its redirections, with their operators.
    pub redirections: Vec<(&'static str, String)>,
    /// What starts it.
    pub how: How,
    /// The multi-call program that the line calls it through, as in `busybox telnetd`.
    pub applet_of: Option<String>,
    /// The file that the program is when it bears another's name: where its link leads, or what
    /// boot copied to its place.
    pub real: Option<String>,
    /// What boot does to its folder.
    pub standing: Standing,
}
