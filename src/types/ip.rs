//! The templates of addresses and networks, of either family.
//!
//! The derived values that they place are `value`, `network` and `spellings`.

use crate::register_template;

register_template!("../../templates/ip/network_connection_windows.yml.j2");
register_template!("../../templates/ip/network_connection_linux.yml.j2");
register_template!("../../templates/ip/firewall.yml.j2");
register_template!("../../templates/ip/proxy.yml.j2");
register_template!("../../templates/ip/webserver.yml.j2");
register_template!("../../templates/ip/zeek_conn.yml.j2");
