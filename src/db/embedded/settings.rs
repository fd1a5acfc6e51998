//! How the server is set up. On the command line, so that the settings are those of this version and of no file.

use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::Path, process::Command};

use super::{Options, socket::PORT};

/// What every server gets: fit for a small machine that does other work as well.
const ALWAYS: [&str; 19] = [
    // Never a port.
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "timezone=UTC",
    "log_timezone=UTC",
    "lc_messages=C",
    "shared_buffers=64MB",
    "work_mem=4MB",
    "maintenance_work_mem=64MB",
    "max_wal_size=256MB",
    "min_wal_size=32MB",
    // Nothing is replicated from here; without it less is written.
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_worker_processes=2",
    "max_parallel_workers=0",
    "max_parallel_workers_per_gather=0",
    // What a statement did wrong goes to the service that sent it, and not into a file: it may name a person.
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_checkpoints=off",
    "log_line_prefix=%m [%p] ",
];

/// For where nothing is worth waiting for the disk.
const CARELESS: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// Gives a server its arguments.
pub(super) fn apply(command: &mut Command, cluster: &Path, socket: &Path, options: &Options) {
    command.arg("-D").arg(cluster);
    for setting in ALWAYS {
        command.args(["-c", setting]);
    }
    if !options.durable {
        for setting in CARELESS {
            command.args(["-c", setting]);
        }
    }
    command.arg("-c").arg(format!("max_connections={}", options.max_connections.max(10)));
    command.arg("-c").arg(format!("port={PORT}"));
    command.arg("-c").arg(socket_setting(socket));
}

/// The setting is a list: in quotation marks a comma or a blank is part of the name.
fn socket_setting(socket: &Path) -> OsString {
    let mut setting = b"unix_socket_directories=\"".to_vec();
    for &byte in socket.as_os_str().as_encoded_bytes() {
        if byte == b'"' {
            setting.push(byte);
        }
        setting.push(byte);
    }
    setting.push(b'"');
    OsString::from_vec(setting)
}
