//! A real Chromium, driven as a person drives it: by what is on the page, and by keys. `chromedriver` is Debian's
//! `chromium-driver`; `.ci/run` installs it, and where it is not there a test says so and is over.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::wait;

/// One browser with one page; nothing is kept of it.
pub struct Browser {
    client: Client,
    runtime: Runtime,
    driver: Driver,
}

/// How large the screen is.
#[derive(Clone, Copy)]
pub enum Screen {
    Desk,
    Phone,
}

struct Driver {
    child: Child,
    port: u16,
}

impl Drop for Driver {
    /// The browser is a child of the driver's: all of its group goes.
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Browser {
    /// A browser, or one line that there is none.
    pub fn open(screen: Screen) -> Option<Self> {
        let Some(driver) = start() else {
            let required = std::env::var_os("HOLDPOINT_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
            assert!(!required, "there is no chromedriver, and browsers are required; .ci/run installs it");
            println!("skipped: there is no chromedriver; Debian's chromium-driver has it");
            return None;
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let client = runtime.block_on(async {
            let connector = hyper_util::client::legacy::connect::HttpConnector::new();
            ClientBuilder::new(connector)
                .capabilities(capabilities(screen))
                .connect(&format!("http://127.0.0.1:{}", driver.port))
                .await
                .expect("chromedriver starts a browser")
        });
        Some(Self { client, runtime, driver })
    }

    pub fn goto(&self, url: &str) {
        self.runtime.block_on(self.client.goto(url)).expect("the page opens");
    }

    /// What a script of the test's returns; the page's policy does not hold for it.
    pub fn script(&self, script: &str) -> Value {
        self.runtime.block_on(self.client.execute(script, Vec::new())).expect("the script runs")
    }

    /// The text of the first element that a selector finds; nothing where there is none.
    pub fn text(&self, selector: &str) -> String {
        let script =
            format!("const e = document.querySelector({}); return e ? e.innerText : ''", json!(selector));
        self.script(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Notes from now on, on every page, what a page's policy had to forbid.
    pub fn note_violations(&self) {
        let source = "window.broken = []; \
                      document.addEventListener('securitypolicyviolation', (e) => window.broken.push(e.violatedDirective));";
        self.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source }));
    }

    pub fn count(&self, selector: &str) -> u64 {
        let script = format!("return document.querySelectorAll({}).length", json!(selector));
        self.script(&script).as_u64().unwrap_or_default()
    }

    pub fn title(&self) -> String {
        self.runtime.block_on(self.client.title()).expect("a title")
    }

    pub fn click(&self, selector: &str) {
        self.runtime.block_on(async {
            let found = self.client.find(Locator::Css(selector)).await;
            found
                .unwrap_or_else(|error| panic!("{selector}: {error}"))
                .click()
                .await
                .expect("it can be pressed");
        });
    }

    pub fn fill(&self, selector: &str, text: &str) {
        self.runtime.block_on(async {
            let found = self.client.find(Locator::Css(selector)).await;
            found
                .unwrap_or_else(|error| panic!("{selector}: {error}"))
                .send_keys(text)
                .await
                .expect("a field");
        });
    }

    /// Keys, to whatever has the focus.
    pub fn press(&self, keys: &str) {
        self.runtime.block_on(async {
            let focused = self.client.active_element().await.expect("something has the focus");
            focused.send_keys(keys).await.expect("it takes keys");
        });
    }

    pub fn enter(&self) {
        self.key(Key::Enter);
    }

    /// A key that has no letter.
    pub fn key(&self, key: Key) {
        self.press(&String::from(char::from(key)));
    }

    /// A command of the DevTools protocol, for what a person does outside of the page.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let session = self.runtime.block_on(self.client.session_id()).expect("a session").expect("a session");
        let body = json!({ "cmd": command, "params": parameters }).to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.driver.port)).expect("the driver listens");
        let head = format!(
            "POST /session/{session}/goog/cdp/execute HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.driver.port,
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).expect("it reads");
        let (mut reader, mut head, mut length) = (BufReader::new(stream), String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let from = head.len();
            assert!(reader.read_line(&mut head).expect("it answers") > 0, "{command}: {head}");
            let line = head[from..].to_ascii_lowercase();
            length = line
                .strip_prefix("content-length:")
                .map_or(length, |text| text.trim().parse().expect("a number"));
        }
        let mut json = vec![0; length];
        reader.read_exact(&mut json).expect("the whole answer");
        assert!(head.starts_with("HTTP/1.1 200"), "{command}: {head}{}", String::from_utf8_lossy(&json));
        serde_json::from_slice::<Value>(&json).expect("JSON")["value"].clone()
    }

    /// Whether its person likes it dark.
    pub fn set_dark(&self, is_dark: bool) {
        let value = if is_dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Waits until an expression of the page is true.
    pub fn until(&self, what: &str, expression: &str) {
        let script = format!("return Boolean({expression})");
        wait::until(what, || {
            let found = self.runtime.block_on(self.client.execute(&script, Vec::new()));
            // Between two pages there is none to ask.
            (found.ok()? == json!(true)).then_some(())
        });
    }

    /// What is on the screen, as a PNG.
    pub fn picture(&self) -> Vec<u8> {
        self.runtime.block_on(self.client.screenshot()).expect("a picture")
    }

    pub fn close(self) {
        let _ = self
            .runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(10), self.client.close()).await });
    }
}

fn capabilities(screen: Screen) -> fantoccini::wd::Capabilities {
    let mut options = json!({
        // A container has no sandbox for it, and little shared memory.
        "args": ["--headless=new", "--hide-scrollbars", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"],
    });
    if matches!(screen, Screen::Phone) {
        options["mobileEmulation"] =
            json!({ "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0 } });
    }
    let mut capabilities = fantoccini::wd::Capabilities::new();
    capabilities.insert("goog:chromeOptions".into(), options);
    // A certificate of a test's own making.
    capabilities.insert("acceptInsecureCerts".into(), json!(true));
    capabilities
}

/// The driver and its port, in a group of its own.
fn start() -> Option<Driver> {
    let mut command = Command::new("chromedriver");
    command
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name);
    }
    let mut child = command.spawn().ok()?;
    let lines = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut driver = Driver { child, port: 0 };
    for line in lines.lines() {
        let line = line.ok()?;
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            driver.port = port.trim_end_matches('.').parse().ok()?;
            return Some(driver);
        }
    }
    None
}
