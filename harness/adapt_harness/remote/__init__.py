"""Workers on another machine: `relay` here takes each request there over ssh, `server` there serves one."""
