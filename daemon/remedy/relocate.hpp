#pragma once

#include "base/result.hpp"
#include "formats/record.hpp"
#include "fs/write_tree.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// A venv is built in one place and used in another. Its scripts, activation files and pyvenv.cfg
/// name the place, in quotes and spellings of many kinds. The place where it is built is the final
/// one with a folder of ours in the middle, and that piece is plain in every spelling: taking it
/// out gives the final path.
namespace envfix::remedy {

/// `text` without `piece`, and how often it was there. Pure.
std::string without_piece(std::string_view text, std::string_view piece, std::size_t& count);

/// RECORD as text: what parse_record reads back as the same entries. Pure.
std::string to_text(const std::vector<formats::RecordEntry>& entries);

/// URL-safe base64 without padding of a digest in hexadecimal, as RECORD states it. Pure.
std::string record_digest(const std::string& sha256);

/// Takes `piece` out of everything below the folder `venv` (relative to the root): scripts in bin,
/// pyvenv.cfg, metadata, and the targets of links. RECORD's rows for what changed are renewed.
/// Gives the files that changed, relative to the venv.
/// ErrorCode::not_supported names the first file that holds the piece and is none of these.
Result<std::vector<std::string>> relocate(const fs::WriteTree& root, const std::string& venv,
                                          const std::string& piece);

/// Writes the rows of these files (relative to the venv) in every RECORD below `venv` anew.
Result<void> renew_records(const fs::WriteTree& root, const std::string& venv,
                           const std::vector<std::string>& changed);

/// The scripts in the venv's bin that start a Python which will not be there: each with what it
/// starts. `final_path` is where the venv comes to lie.
Result<std::vector<std::string>> scripts_without_python(const fs::WriteTree& root,
                                                        const std::string& venv,
                                                        const std::string& final_path);

} // namespace envfix::remedy
