#pragma once

namespace envfix {

/// Gives each of the descriptors 0, 1 and 2 that whoever started us left closed to /dev/null. To be called first in main():
/// else the next file or socket that is opened becomes standard output, and what we print goes into it. Writing to an output
/// that was closed still fails, and for what we execute it is closed as before.
void fill_standard_streams();

} // namespace envfix
