"""What Lighthouse says about a veteran's pages; a package of its own, with its own lock of npm packages."""
