//! Installing providers: sources, checksums, lock file, caches.
