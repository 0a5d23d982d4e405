#pragma once

#include "remedy/operation.hpp"
#include "remedy/transaction.hpp"

#include <string>

/// From a request to the steps of its transaction. Inside of this module only.
namespace envfix::remedy {

/// Where a run's backup keeps what lay at a path.
std::string backup_file(const std::string& run, const std::string& path);

/// The steps, in order, for what lies below `root` now. Changes nothing but for a trial in the
/// stage whether the file system can exchange. Errors as Transaction::begin.
Result<Operations> arrange(const fs::WriteTree& root, const TransactionRequest& request);

} // namespace envfix::remedy
