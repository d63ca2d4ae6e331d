package images

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/distribution/reference"
	cli "github.com/docker/cli/cli/config"
	registryapi "github.com/docker/docker/api/types/registry"
)

// hubLogin is the key that docker login has for Docker Hub.
const hubLogin = "https://index.docker.io/v1/"

// login returns what the engine shows the image's registry: the credentials that
// docker login has stored, as the engine's API wants them, or nothing. They go
// to the engine and nowhere else.
func login(ref reference.Named) (string, error) {
	dir, err := dockerConfigDir()
	if err != nil {
		return "", err
	}
	file, err := cli.Load(dir)
	if err != nil {
		return "", fmt.Errorf("read credentials: %w", err)
	}
	host := reference.Domain(ref)
	key := host
	if host == hub {
		key = hubLogin
	}
	a, err := file.GetAuthConfig(key)
	if err != nil {
		return "", fmt.Errorf("read credentials of %s (mend %s, or name the directory of another "+
			"config.json in DOCKER_CONFIG): %w", host, file.Filename, err)
	}
	if a.Username == "" && a.IdentityToken == "" && a.RegistryToken == "" {
		return "", nil
	}
	return registryapi.EncodeAuthConfig(registryapi.AuthConfig{
		Username: a.Username, Password: a.Password, ServerAddress: a.ServerAddress,
		IdentityToken: a.IdentityToken, RegistryToken: a.RegistryToken,
	})
}

// dockerConfigDir is where the docker command keeps its config.json.
func dockerConfigDir() (string, error) {
	if dir := os.Getenv("DOCKER_CONFIG"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find config.json of docker: %w (DOCKER_CONFIG names its directory)", err)
	}
	return filepath.Join(home, ".docker"), nil
}
