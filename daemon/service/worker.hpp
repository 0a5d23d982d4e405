#pragma once

#include "accounts/record.hpp"

#include <sys/types.h>

#include <string>

/// The daemon at work for an account of the machine, as that account: what envfix-watch@UID.service and envfix-probe@UID.service
/// start. Not for people.
namespace envfix::service {

/// Runs until the machine's daemon is gone (watch), or for one environment (probe). Gives the exit code: 2 where this process is
/// not that account, or the account is root or one of the system's own (below UID_MIN of login.defs(5)).
///
/// watch: inotify, inventory, capture and checks below the roots of the configuration that the account owns, with the modules
/// that a user's own daemon works with; what is found goes over `socket` (accounts/record.hpp), and nowhere else.
/// probe: imports the chain in the interpreter of the one environment that the machine's daemon names.
int run_worker(accounts::Role role, uid_t account, const std::string& socket);

} // namespace envfix::service
