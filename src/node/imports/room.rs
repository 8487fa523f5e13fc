//! Room on the stack: the parser calls itself for everything that is nested, and so does who walks what
//! it made. Where the stack ends, the process ends, with all files of the run.

use std::panic::resume_unwind;
use std::thread;

/// The deepest nesting of brackets. Sources that people write have 20.
const DEEPEST_BRACKETS: usize = 1_000;
/// What one bracket takes of the stack, in bytes. (Measured: up to 3,154, for a function in a function.)
const STACK_OF_BRACKET: usize = 4 << 10;
/// What each token may take where things are nested without brackets (`a = b = …`, `!!…`), in bytes.
/// (Measured: up to 790, for type arguments.)
const STACK_OF_TOKEN: usize = 900;
/// What every thread of ours has, with something to spare, in bytes.
const STACK_THAT_IS_THERE: usize = 2 << 20;
/// How much more an unoptimized build takes.
const FACTOR: usize = if cfg!(debug_assertions) { 8 } else { 1 };

/// Parses a text, and does with the tree what calls itself too, on a stack that is large enough.
///
/// # Errors
/// The text is nested too deeply, or there is no memory for that stack.
pub(super) fn with_room<T: Send>(
    text: &str,
    parse: impl FnOnce() -> Result<T, String> + Send,
) -> Result<T, String> {
    let Look { deepest, tokens } = look(text);
    if deepest > DEEPEST_BRACKETS {
        return Err("its brackets are nested too deeply".to_owned());
    }
    let size = (deepest * STACK_OF_BRACKET + tokens * STACK_OF_TOKEN) * FACTOR;
    if size <= STACK_THAT_IS_THERE {
        return parse();
    }
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .stack_size(size + STACK_THAT_IS_THERE)
            .spawn_scoped(scope, parse)
            .map_err(|error| format!("there is no room to parse it ({error})"))?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// A rough look at a text, strings and comments included.
struct Look {
    /// How many brackets are open at once.
    deepest: usize,
    /// How many words and other characters there are.
    tokens: usize,
}

fn look(text: &str) -> Look {
    let mut look = Look { deepest: 0, tokens: 0 };
    let (mut open, mut in_word) = (0_usize, false);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        look.deepest = look.deepest.max(open);
        let is_word = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80;
        look.tokens += usize::from(!(byte.is_ascii_whitespace() || is_word && in_word));
        in_word = is_word;
    }
    look
}

#[cfg(test)]
mod tests {
    use super::super::read;

    #[test]
    fn what_is_nested_deeply_ends_no_process() {
        for nested in [
            "(",
            "[",
            "{",
            "a(",
            "`${",
            "!",
            "- ",
            "x=>",
            "a=",
            "a?",
            "a?b:",
            "if(a)",
            "if(a);else ",
            "new ",
            "1+",
            "a**",
            "a??",
            "do ",
            "class A{a(){",
            "function a(){",
            "a=function(){return ",
            "@a(",
            "<a>",
            "import(",
            "async x=>",
            "for(;;)",
            "a{",
            "[...",
        ] {
            for name in ["server.js", "server.ts", "server.tsx"] {
                let text = nested.repeat((64 << 10) / nested.len());
                let _ = read(name, &text);
                let _ = read(name, &nested.repeat(900));
            }
        }
        for (start, nested) in [
            ("let a:", "A<"),
            ("let a:", "()=>"),
            ("type A=", "keyof "),
            ("let a:x", "[]"),
            ("a", "()"),
        ] {
            let _ = read("server.ts", &format!("{start}{}x", nested.repeat(30_000)));
        }
    }
}
