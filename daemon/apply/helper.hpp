#pragma once

#include "apply/record.hpp"

#include <sys/types.h>

#include <string>

namespace envfix::apply {

/// Where things lie and whom they have to belong to; the shipped ones but for tests.
struct Setting {
    std::string record_root = "/run";   ///< a folder that only root can write in
    std::string records = "envfix/apply"; ///< below it, entered without following any link
    std::string results = std::string(k_result_folder);
    std::string allowed = std::string(k_allowed);
    uid_t monitor = 0; ///< who has to own the record
    uid_t root = 0;    ///< who has to own the list
    std::string program; ///< in place of /usr/bin/apt-get; empty: that one
};

/// Reads the record of a transaction and checks it again, as if whoever wrote it were an enemy: its place, kind, owner, links,
/// mode, size and digest, every name by its grammar and by root's own list. Errors: not_found, denied, malformed, too_large.
Result<Record> admit(const Setting& setting, const std::string& transaction);

/// Checks, runs apt-get, and writes down what became of it. 0: all is installed. 1: apt-get failed. 2: refused, nothing was run.
int apply(const Setting& setting, const std::string& transaction);

} // namespace envfix::apply
