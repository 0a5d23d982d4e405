#pragma once

#include "fs/write_tree.hpp"
#include "remedy/backup.hpp"

#include <string>
#include <string_view>

/// A backup's manifest as text, for people too: one line a path, unusual bytes as %XX. Inside of
/// this module only.
namespace envfix::remedy {

std::string to_text(const Backup& backup);
/// ErrorCode::malformed for whatever to_text did not write; a cut or changed text is.
Result<Backup> parse_manifest(std::string_view text);

std::string manifest_path(const std::string& run);

/// What lies at a path now. Nothing there: `exists` is false.
Result<BackupEntry::Side> describe(const fs::WriteTree& root, const std::string& path);

/// One run's manifest. ErrorCode::not_found: there is none.
Result<Backup> read_backup(const fs::WriteTree& root, const std::string& run);

/// All readable manifests, oldest run first.
std::vector<Backup> read_backups(const fs::WriteTree& root);

} // namespace envfix::remedy
